import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** The rooms of src, and the rooms each may import. Arrows point down; `ui` and `text` know nobody. */
const MAY_IMPORT = {
  ui: ["ui"],
  text: ["text"],
  graph: ["graph"],
  api: ["api", "graph", "text"],
  state: ["state", "graph", "api", "text"],
  live: ["live", "state", "graph", "api", "text"],
  commands: ["commands", "state", "graph", "api", "ui", "text"],
  canvas: ["canvas", "commands", "state", "graph", "api", "ui", "text"],
  logs: ["logs", "state", "graph", "api", "ui", "text", "live"],
  previews: ["previews", "state", "graph", "api", "ui", "text", "live"],
  panels: ["panels", "commands", "state", "graph", "api", "ui", "text", "logs", "previews"],
};

const ROOMS = [...Object.keys(MAY_IMPORT), "pages"];

/** One block per room: what it may not import, in the alias or the relative spelling. */
const arrows = Object.entries(MAY_IMPORT).map(([room, allowed]) => ({
  files: [`src/${room}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ROOMS.filter((other) => !allowed.includes(other)).flatMap((other) => [
              `@/${other}`,
              `@/${other}/*`,
              `../${other}`,
              `../${other}/*`,
              `../../${other}/*`,
            ]),
            message: `${room} may import only: ${allowed.join(", ")}.`,
          },
          ...(room === "canvas"
            ? []
            : [{ group: ["@xyflow/*"], message: "The canvas library has one door: src/canvas." }]),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["dist", "fixtures-dist", "node_modules", "src/api/schema.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  hooks.configs.flat["recommended-latest"],
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "no-restricted-syntax": [
        "error",
        { selector: "ClassDeclaration", message: "Pure functions and unions, no classes." },
        { selector: "TSEnumDeclaration", message: "Use a union of strings." },
      ],
      eqeqeq: ["error", "smart"],
      "no-console": ["error", { allow: ["error"] }],
    },
  },
  {
    files: ["src/pages/**/*.{ts,tsx}"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@xyflow/*"], message: "The canvas library has one door: src/canvas." }] },
      ],
    },
  },
  ...arrows,
);
