import { lazy } from "react";
import type { ComponentType } from "react";
import { Route, Routes } from "react-router";
import { Frame } from "@/pages/frame/Frame";
import { NotFound } from "@/pages/frame/PageError";

/** A page is fetched when it is first opened; its folder exports `Component`. */
const page = (load: () => Promise<{ readonly Component: ComponentType }>) =>
  lazy(async () => ({ default: (await load().catch(() => again(load))).Component }));

const PAUSE_MS = 500;

/** A connection that was cut is no new version: ask once more. */
const again = async <Found,>(load: () => Promise<Found>): Promise<Found> => {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return load();
};

const Home = page(() => import("@/pages/home"));
const Pipelines = page(() => import("@/pages/pipelines"));
const Editor = page(() => import("@/pages/editor"));
const Runs = page(() => import("@/pages/runs"));
const Run = page(() => import("@/pages/run"));
const Datasets = page(() => import("@/pages/datasets"));
const Datastores = page(() => import("@/pages/datastores"));
const Environments = page(() => import("@/pages/environments"));
const Imports = page(() => import("@/pages/imports"));
const Targets = page(() => import("@/pages/targets"));
const Settings = page(() => import("@/pages/settings"));
const Modules = page(() => import("@/pages/modules"));
const Studio = page(() => import("@/pages/studio"));

/** One row per page. */
export const Pages = () => (
  <Routes>
    <Route element={<Frame />}>
      <Route index element={<Home />} />
      <Route path="pipelines" element={<Pipelines />} />
      <Route path="pipelines/:id" element={<Editor />} />
      <Route path="runs" element={<Runs />} />
      <Route path="runs/:id" element={<Run />} />
      <Route path="datasets" element={<Datasets />} />
      <Route path="datasets/:id" element={<Datasets />} />
      <Route path="modules" element={<Modules />} />
      <Route path="modules/new" element={<Studio />} />
      <Route path="modules/:name" element={<Modules />} />
      <Route path="modules/:name/edit" element={<Studio />} />
      <Route path="datastores" element={<Datastores />} />
      <Route path="datastores/:name" element={<Datastores />} />
      <Route path="environments" element={<Environments />} />
      <Route path="environments/:reference" element={<Environments />} />
      <Route path="imports" element={<Imports />} />
      <Route path="imports/:id" element={<Imports />} />
      <Route path="targets" element={<Targets />} />
      <Route path="settings" element={<Settings />} />
      <Route path="*" element={<NotFound />} />
    </Route>
  </Routes>
);
