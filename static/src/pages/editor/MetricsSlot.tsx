import { MetricsPanel } from "@/previews/MetricsPanel";
import { Nothing, useLooked } from "./slots";

/** What the selected step measures. */
const MetricsSlot = () => {
  const { run, node } = useLooked();
  if (run === null || node === null) return <Nothing run={run} node={node} />;
  return <MetricsPanel key={node} run={run} node={node} />;
};

export default MetricsSlot;
