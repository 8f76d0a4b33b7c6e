import { describe, expect, it } from "vitest";
import { packagesOf } from "./lock";

describe("the packages of a lock", () => {
  it("are its names and versions, without hashes, extras, markers and comments", () => {
    const lock = [
      "# made by uv",
      "numpy==1.26.4 \\",
      "    --hash=sha256:0a1b \\",
      "    --hash=sha256:2c3d",
      "uvicorn[standard]==0.30.1 ; python_version >= '3.9' \\",
      "    --hash=sha256:4e5f",
      "pandas==1.5.3",
      "",
    ].join("\n");
    expect(packagesOf(lock)).toEqual([
      ["numpy", "1.26.4"],
      ["uvicorn", "0.30.1"],
      ["pandas", "1.5.3"],
    ]);
  });
});
