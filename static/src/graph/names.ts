/** A name that is not taken: `split_data`, `split_data_2`, ... */
export const freeId = (base: string, taken: (name: string) => boolean): string => {
  const clean = base
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, 60);
  const stem = clean === "" ? "node" : clean;
  if (!taken(stem)) return stem;
  for (let number = 2; ; number += 1) {
    const name = `${stem}_${String(number)}`;
    if (!taken(name)) return name;
  }
};
