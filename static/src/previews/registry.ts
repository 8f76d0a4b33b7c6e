import type { ComponentType } from "react";
import type { JsonObject } from "./decode";
import { EvaluationPreview } from "./EvaluationPreview";
import { FigurePreview } from "./FigurePreview";
import { TablePreview } from "./TablePreview";
import { JsonPreview, ValuePreview } from "./ValuePreview";

type Viewer = ComponentType<{ readonly content: JsonObject }>;

/** One row per kind of content. To add a kind: a file with a viewer, and a row. */
const VIEWERS: Readonly<Record<string, Viewer>> = {
  "designer.table/1": TablePreview,
  "designer.evaluation/1": EvaluationPreview,
  "designer.value/1": ValuePreview,
  "designer.figure/1": FigurePreview,
};

export const viewerOf = (content: JsonObject): Viewer => {
  const format = content["format"];
  const known = typeof format === "string" ? VIEWERS[format] : undefined;
  if (known !== undefined) return known;
  return typeof content["$schema"] === "string" && content["$schema"].includes("vega")
    ? FigurePreview
    : JsonPreview;
};
