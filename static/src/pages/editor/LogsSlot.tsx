import { LogPanel } from "@/logs";
import { Nothing, useLooked } from "./slots";

/** What the selected step prints. */
const LogsSlot = () => {
  const { run, node } = useLooked();
  if (run === null || node === null) return <Nothing run={run} node={node} />;
  return <LogPanel key={node} run={run} node={node} />;
};

export default LogsSlot;
