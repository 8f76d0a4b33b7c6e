import type { Session } from "@/state/session";
import { addNode } from "./add-node";
import { addNote } from "./add-note";
import type { Command, Place } from "./command";
import { connect } from "./connect";
import { copy } from "./copy";
import { cut } from "./cut";
import { remove } from "./delete";
import { bypass, disable } from "./disable";
import { duplicate } from "./duplicate";
import { editModule, newModule } from "./edit-module";
import { escape } from "./escape";
import { exportDocument } from "./export";
import { fit } from "./fit";
import { arrows } from "./move";
import { openLogs, openPreview, toggleDrawer } from "./open-drawer";
import { palette, search, shortcuts } from "./overlays";
import { toggleInspector, toggleMinimap, togglePalette, wheel } from "./panels";
import { paste } from "./paste";
import { togglePlan } from "./plan";
import { redo } from "./redo";
import { rename } from "./rename";
import { resume } from "./resume";
import { cancel, run, runWith } from "./run";
import { runAnew } from "./run-anew";
import { runFrom, runHere, runOnly } from "./run-part";
import { save } from "./save";
import { selectAll } from "./select-all";
import { selectDownstream, selectUpstream } from "./select-path";
import { theme } from "./theme";
import { tidy } from "./tidy";
import { undo } from "./undo";
import { zoom100, zoomIn, zoomOut } from "./zoom";

/** Every command of the editor, in the order menus and the command palette show them. */
export const COMMANDS: readonly Command[] = [
  run,
  runWith,
  runHere,
  runFrom,
  runOnly,
  runAnew,
  resume,
  cancel,
  togglePlan,
  openLogs,
  openPreview,
  addNode,
  addNote,
  connect,
  rename,
  editModule,
  newModule,
  disable,
  bypass,
  undo,
  redo,
  cut,
  copy,
  paste,
  duplicate,
  selectAll,
  selectUpstream,
  selectDownstream,
  remove,
  tidy,
  search,
  fit,
  zoomIn,
  zoomOut,
  zoom100,
  togglePalette,
  toggleInspector,
  toggleDrawer,
  toggleMinimap,
  wheel,
  theme,
  exportDocument,
  save,
  palette,
  shortcuts,
  escape,
  ...arrows,
];

/** The commands of a menu, in groups. */
export const menuOf = (session: Session, place: Place): readonly (readonly Command[])[] => {
  const shown = COMMANDS.filter((command) => command.menus?.includes(place) && command.when(session));
  const groups = [...new Set(shown.map((command) => command.group))];
  return groups.map((group) => shown.filter((command) => command.group === group));
};

export const commandById = (id: string): Command | undefined => COMMANDS.find((command) => command.id === id);

/** Does a command if it may be done now; whether it was. */
export const perform = (session: Session, command: Command): boolean => {
  if (!command.when(session)) return false;
  command.do(session);
  return true;
};
