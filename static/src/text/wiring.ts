/** Why a wire is refused. */
export const wiring = {
  type: (needs: string, gives: string) => `Needs ${needs}, this is ${gives}.`,
  cycle: (node: string) => `This would close a circle through ${node}.`,
  self: "A node cannot feed itself.",
  side: { input: "Both ends are inputs.", output: "Both ends are outputs." },
  gone: "This port is not there any more.",
  none: (type: string) => `No port here takes ${type}.`,
  noneGives: (type: string) => `Nothing here gives ${type}.`,
};
