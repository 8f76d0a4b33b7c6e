/** Items by a key, in the order they come. (`Map.groupBy` is younger than the browsers we serve.) */
export const groupBy = <T, K>(items: Iterable<T>, key: (item: T) => K): ReadonlyMap<K, readonly T[]> => {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
};
