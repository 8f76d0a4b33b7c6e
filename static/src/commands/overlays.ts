import { Command as CommandIcon, Keyboard, Search } from "lucide-react";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const palette: Command = {
  id: "palette",
  label: text.commands.palette,
  icon: CommandIcon,
  group: "help",
  keys: ["Mod+K"],
  hidden: true,
  when: always,
  do: (session) => {
    session.view.setState({ overlay: "commands" });
  },
};

export const search: Command = {
  id: "search",
  label: text.commands.search,
  icon: Search,
  group: "graph",
  keys: ["Mod+F"],
  when: always,
  do: (session) => {
    session.view.setState({ overlay: "search" });
  },
};

export const shortcuts: Command = {
  id: "shortcuts",
  label: text.commands.shortcuts,
  icon: Keyboard,
  group: "help",
  keys: ["?"],
  when: always,
  do: (session) => {
    session.view.setState({ overlay: "shortcuts" });
  },
};
