import { Box, Laptop, Network, Server, SquareTerminal } from "lucide-react";
import type { LucideIcon } from "lucide-react";

const ICONS: Readonly<Record<string, LucideIcon>> = {
  process: Laptop,
  docker: Box,
  ssh: SquareTerminal,
  celery: Network,
};

/** The mark of a kind of targets. */
export const KindIcon = ({ kind }: { readonly kind: string }) => {
  const Icon = ICONS[kind] ?? Server;
  return <Icon aria-hidden="true" />;
};
