/** The packages of a lock in the form of a requirements file: name and exact version, without the hashes. */
export const packagesOf = (lock: string): readonly (readonly [string, string])[] =>
  lock.split("\n").flatMap((line): (readonly [string, string])[] => {
    const found = /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)/.exec(line);
    return found ? [[found[1] ?? "", found[2] ?? ""]] : [];
  });
