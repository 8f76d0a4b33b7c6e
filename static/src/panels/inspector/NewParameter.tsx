import { useState } from "react";
import { attach } from "@/commands/acts/entries";
import type { Parameter } from "@/graph/catalogue";
import type { Json } from "@/graph/json";
import { documentOf, useSession } from "@/state/session";
import { text } from "@/text";
import { form } from "@/text/form";
import { Button, Dialog, TextField } from "@/ui";
import { attachable, checkName, parameterFor, suggestName } from "./values";

const words = text.inspector;

export interface NewParameterProps {
  readonly node: string;
  readonly parameter: Parameter;
  readonly value: Json;
  readonly onClose: () => void;
}

/** Asks for the name of a new pipeline parameter that takes over a field's value. */
export const NewParameter = ({ node, parameter, value, onClose }: NewParameterProps) => {
  const session = useSession();
  const [name, setName] = useState(() => suggestName(documentOf(session), parameter.name));
  const type = attachable(parameter);
  const problem = checkName(documentOf(session), name);
  const create = () => {
    if (type === null || problem !== null) return;
    attach(session, node, parameter.name, name, parameterFor(type, value, parameter.help));
    onClose();
  };
  return (
    <Dialog
      open
      size="small"
      title={form.newParameter.title}
      description={form.newParameter.text(parameter.label)}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      actions={
        <>
          <Button onClick={onClose}>{form.newParameter.cancel}</Button>
          <Button look="filled" disabled={problem !== null} onClick={create}>
            {form.newParameter.create}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create();
        }}
      >
        <TextField
          label={words.parameterName}
          value={name}
          onChange={setName}
          {...(problem === null ? {} : { error: problem === "taken" ? words.nameTaken : words.nameWrong })}
        />
      </form>
    </Dialog>
  );
};
