import {
  Blocks,
  Box,
  BrainCircuit,
  ChartNoAxesCombined,
  Database,
  FileCode,
  Filter,
  FolderInput,
  Globe,
  GraduationCap,
  Image,
  ListFilter,
  Radar,
  ScanSearch,
  Shuffle,
  Sigma,
  Table,
  Target,
  Terminal,
  ThumbsUp,
  Type,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { CSSProperties } from "react";
import { classes } from "./classes";
import styles from "./CategoryIcon.module.css";

export type Tint =
  "slate" | "blue" | "teal" | "green" | "olive" | "orange" | "red" | "pink" | "violet" | "brown";

const TINTS: readonly Tint[] = [
  "blue",
  "teal",
  "green",
  "olive",
  "orange",
  "red",
  "pink",
  "violet",
  "brown",
  "slate",
];

interface Sign {
  readonly icon: LucideIcon;
  readonly tint: Tint;
}

/** By the words of a category's name, the more telling first. */
const SIGNS: readonly (readonly [word: string, sign: Sign])[] = [
  ["dataset", { icon: Database, tint: "slate" }],
  ["input", { icon: FolderInput, tint: "slate" }],
  ["datasets", { icon: Database, tint: "slate" }],
  ["statistic", { icon: Sigma, tint: "olive" }],
  ["feature", { icon: ListFilter, tint: "green" }],
  ["scoring", { icon: Target, tint: "pink" }],
  ["evaluation", { icon: ChartNoAxesCombined, tint: "pink" }],
  ["training", { icon: GraduationCap, tint: "orange" }],
  ["algorithm", { icon: BrainCircuit, tint: "violet" }],
  ["learner", { icon: BrainCircuit, tint: "violet" }],
  ["anomaly", { icon: Radar, tint: "red" }],
  ["recommend", { icon: ThumbsUp, tint: "brown" }],
  ["text", { icon: Type, tint: "blue" }],
  ["vision", { icon: Image, tint: "red" }],
  ["image", { icon: Image, tint: "red" }],
  ["python", { icon: FileCode, tint: "blue" }],
  ["r language", { icon: FileCode, tint: "brown" }],
  ["script", { icon: Terminal, tint: "blue" }],
  ["command", { icon: Terminal, tint: "blue" }],
  ["web", { icon: Globe, tint: "brown" }],
  ["cleaning", { icon: Filter, tint: "teal" }],
  ["transform", { icon: Shuffle, tint: "teal" }],
  ["search", { icon: ScanSearch, tint: "teal" }],
  ["table", { icon: Table, tint: "teal" }],
  ["pipeline", { icon: Blocks, tint: "slate" }],
];

const hash = (text: string): number =>
  [...text].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0, 7);

/** The icon and the tint of a category; of one nobody foresaw always the same tint. */
export const signOf = (category: string): Sign => {
  const name = category.toLowerCase();
  const known = SIGNS.find(([word]) => name.includes(word));
  return known ? known[1] : { icon: Box, tint: TINTS[hash(name) % TINTS.length] ?? "slate" };
};

/** The custom property of a category's colour, for other things drawn in it. */
export const tintOf = (category: string): string => `var(--tint-${signOf(category).tint})`;

export interface CategoryIconProps {
  /** The category of a module; `dataset` for data. */
  readonly category: string;
  /** Of the square. */
  readonly size?: number;
  /** Without the tinted square behind it. */
  readonly bare?: boolean;
}

/** What kind of thing something is: an icon on its category's tint. */
export const CategoryIcon = ({ category, size = 24, bare = false }: CategoryIconProps) => {
  const { icon: Icon, tint } = signOf(category);
  const style: CSSProperties = { "--own": `var(--tint-${tint})`, width: size, height: size };
  return (
    <span className={classes(styles.icon, bare && styles.bare)} style={style} aria-hidden="true">
      <Icon size={Math.round(bare ? size : size * 0.62)} strokeWidth={1.75} />
    </span>
  );
};
