/** Vega and Vega-Lite, fetched only when a figure is drawn. */
import { View, loader, parse } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile } from "vega-lite";
import type { Config, TopLevelSpec } from "vega-lite";
import type { JsonObject } from "./decode";

const NO_LOADING = "A figure may not load data from elsewhere; log the data with it.";

const isSpec = (value: JsonObject): value is JsonObject & TopLevelSpec =>
  ["mark", "layer", "hconcat", "vconcat", "concat", "repeat", "spec"].some((key) => key in value);

/** The colours of the page now. */
function look(element: HTMLElement): Config {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const [text, soft, grid] = [token("--text"), token("--text-soft"), token("--border")];
  return {
    background: "transparent",
    font: style.fontFamily,
    view: { stroke: "transparent" },
    axis: {
      labelColor: soft,
      titleColor: soft,
      gridColor: grid,
      domainColor: token("--border-strong"),
      tickColor: token("--border-strong"),
      titleFontWeight: 400,
    },
    legend: { labelColor: soft, titleColor: soft },
    title: { color: text, fontSize: 14, fontWeight: 600, anchor: "start" },
    header: { labelColor: soft, titleColor: soft },
    mark: { color: token("--accent") },
    text: { color: text },
    range: {
      category: [
        "--accent",
        "--type-model",
        "--completed",
        "--type-metrics",
        "--type-images",
        "--type-figure",
      ].map(token),
    },
  };
}

/** Draws a figure into an element; the answer takes it away again. */
export async function drawFigure(element: HTMLElement, spec: JsonObject): Promise<() => void> {
  if (!isSpec(spec)) throw new Error("This is no Vega-Lite specification: it has no mark and no layers.");
  const width = Math.max(240, Math.min(840, element.clientWidth));
  const single = "mark" in spec || "layer" in spec;
  const sized: TopLevelSpec = single
    ? { width, height: 320, autosize: { type: "fit", contains: "padding" }, ...spec }
    : spec;
  const { spec: program } = compile(sized, { config: look(element) });
  const closed = loader();
  let refused = false;
  closed.load = () => {
    refused = true;
    return Promise.reject(new Error(NO_LOADING));
  };
  const view = new View(parse(program, undefined, { ast: true }), {
    expr: expressionInterpreter,
    loader: closed,
    renderer: "canvas",
    container: element,
    hover: true,
    logLevel: 0,
  });
  const finish = (): void => {
    view.finalize();
    element.replaceChildren();
  };
  await view.runAsync();
  if (refused) {
    finish();
    throw new Error(NO_LOADING);
  }
  return finish;
}
