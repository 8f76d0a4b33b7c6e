import { SunMoon } from "lucide-react";
import { toggleTheme } from "@/state/theme";
import { text } from "@/text";
import { always } from "./command";
import type { Command } from "./command";

export const theme: Command = {
  id: "theme",
  label: text.commands.toggleTheme,
  icon: SunMoon,
  group: "view",
  when: always,
  do: toggleTheme,
};
