/** Every text a person reads, in one catalogue, one file per subject. */
import { errors } from "./errors";
import { frame } from "./frame";
import { statuses } from "./statuses";
import { commands } from "./commands";
import { editor } from "./editor";
import { inspector } from "./inspector";
import { modules } from "./modules";
import { palette } from "./palette";
import { plan } from "./plan";
import { running } from "./running";
import { wiring } from "./wiring";

export const text = {
  commands,
  editor,
  errors,
  frame,
  inspector,
  modules,
  palette,
  plan,
  running,
  statuses,
  wiring,
};
