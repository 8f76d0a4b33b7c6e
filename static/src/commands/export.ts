import { Download } from "lucide-react";
import { documentOf } from "@/state/session";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const exportDocument: Command = {
  id: "export",
  label: text.commands.exportDocument,
  icon: Download,
  group: "graph",
  when: always,
  do: (session) => {
    const pipeline = documentOf(session);
    const blob = new Blob([`${JSON.stringify(pipeline, null, 2)}\n`], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${pipeline.name === "" ? "pipeline" : pipeline.name}.json`;
    link.click();
    setTimeout(() => {
      URL.revokeObjectURL(link.href);
    }, 10_000);
  },
};
