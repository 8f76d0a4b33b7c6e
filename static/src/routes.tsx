import { createBrowserRouter } from "react-router";
import { Frame } from "@/pages/frame/Frame";
import { NotFound, PageError } from "@/pages/frame/PageError";

/** One row per page; each page is fetched when it is first opened. A page's folder exports `Component`. */
export const createRouter = () =>
  createBrowserRouter([
    {
      element: <Frame />,
      hydrateFallbackElement: <></>,
      errorElement: <PageError />,
      children: [
        {
          errorElement: <PageError />,
          children: [
            { index: true, lazy: () => import("@/pages/home") },
            { path: "pipelines", lazy: () => import("@/pages/pipelines") },
            { path: "pipelines/:id", lazy: () => import("@/pages/editor") },
            { path: "runs", lazy: () => import("@/pages/runs") },
            { path: "runs/:id", lazy: () => import("@/pages/run") },
            { path: "datasets", lazy: () => import("@/pages/datasets") },
            { path: "datasets/:id", lazy: () => import("@/pages/datasets") },
            { path: "modules", lazy: () => import("@/pages/modules") },
            { path: "*", element: <NotFound /> },
          ],
        },
      ],
    },
  ]);
