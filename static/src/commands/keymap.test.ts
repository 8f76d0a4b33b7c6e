import { describe, expect, it } from "vitest";
import { COMMANDS } from "./all";
import { nameOf } from "./keymap";

const press = (key: string, code: string, more: Partial<Parameters<typeof nameOf>[0]> = {}) =>
  nameOf({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more });

describe("a key press", () => {
  it("has one name on every keyboard", () => {
    expect(press("z", "KeyZ", { ctrlKey: true })).toBe("Mod+Z");
    expect(press("Z", "KeyZ", { metaKey: true, shiftKey: true })).toBe("Mod+Shift+Z");
    expect(press("?", "Slash", { shiftKey: true })).toBe("?");
    expect(press("+", "Equal", { shiftKey: true })).toBe("+");
    expect(press("a", "KeyA")).toBe("A");
    expect(press("Ť", "KeyT", { shiftKey: true, altKey: true })).toBe("Shift+Alt+T");
    expect(press("ArrowLeft", "ArrowLeft", { shiftKey: true })).toBe("Shift+ArrowLeft");
    expect(press(" ", "Space")).toBe("Space");
  });

  it("means at most one command", () => {
    const keys = COMMANDS.flatMap((command) => command.keys ?? []);

    expect(keys.length).toBe(new Set(keys).size);
  });

  it("never takes Tab, which moves the focus", () => {
    expect(COMMANDS.flatMap((command) => command.keys ?? []).filter((key) => key.includes("Tab"))).toEqual(
      [],
    );
  });
});

describe("the commands", () => {
  it("have a name of their own each", () => {
    const ids = COMMANDS.map(({ id }) => id);

    expect(ids.length).toBe(new Set(ids).size);
  });
});
