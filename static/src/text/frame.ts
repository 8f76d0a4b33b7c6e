export const frame = {
  product: "Designer",
  places: "Places",
  home: "Home",
  pipelines: "Pipelines",
  runs: "Runs",
  modules: "Modules",
  datasets: "Datasets",
  skip: "Skip to content",
  theme: "Theme",
  themes: { system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" },
  loading: "Loading",
  close: "Close",
};
