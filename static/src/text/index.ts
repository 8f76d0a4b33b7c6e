/** Every text a person reads, in one catalogue, one file per subject. */
import { errors } from "./errors";
import { frame } from "./frame";
import { statuses } from "./statuses";

export const text = { errors, frame, statuses };
