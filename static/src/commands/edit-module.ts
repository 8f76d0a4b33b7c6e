import { CodeXml, FilePlus2 } from "lucide-react";
import { text } from "@/text";
import { isOwn, moduleAddress } from "./acts/modules";
import { editable, theNode } from "./command";
import type { Command } from "./command";

export const newModule: Command = {
  id: "new-module",
  label: text.commands.newModule,
  icon: FilePlus2,
  group: "graph",
  when: editable,
  do: (session) => {
    session.services.current?.go(`/modules/new?back=${encodeURIComponent(`/pipelines/${session.pipeline}`)}`);
  },
};

export const editModule: Command = {
  id: "edit-module",
  label: (session) =>
    isOwn(session, theNode(session)) ? text.commands.editModule : text.commands.makeModuleOwn,
  name: text.commands.editModule,
  icon: CodeXml,
  group: "edit",
  menus: ["node"],
  when: (session) => {
    const node = theNode(session);
    return editable(session) && node !== null && moduleAddress(session, node) !== null;
  },
  do: (session) => {
    const node = theNode(session);
    const address = node === null ? null : moduleAddress(session, node);
    if (address !== null) session.services.current?.go(address);
  },
};
