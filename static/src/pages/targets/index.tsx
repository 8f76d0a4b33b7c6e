import { useQueryClient } from "@tanstack/react-query";
import { Network, Plus } from "lucide-react";
import { useState } from "react";
import { isApiError, messageOf } from "@/api/errors";
import { deleteTarget, targetKeys, useTargets } from "@/api/queries.targets";
import type { Target } from "@/api/queries.targets";
import { useLiveTargets } from "@/live/hooks";
import { PageTitle } from "@/pages/frame/TopBar";
import { LiveBanner } from "@/pages/shared/LiveBanner";
import { toastError } from "@/pages/shared/openPipeline";
import { errors } from "@/text/errors";
import { targets as words } from "@/text/targets";
import { Button, Dialog, EmptyState, ErrorState, Spinner, toast } from "@/ui";
import { Edit } from "./Edit";
import { TargetCard } from "./TargetCard";
import styles from "./targets.module.css";

/** Where steps run: what is there, how busy it is, and a way to add more. */
export const Component = () => {
  useLiveTargets();
  const client = useQueryClient();
  const list = useTargets({ watched: true });
  /** What is edited: a target's name, "" a new one. */
  const [editing, setEditing] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<Target | null>(null);
  const items = list.data?.items ?? [];
  const kinds = list.data?.kinds ?? [];
  const titleOf = (kind: string): string => kinds.find(({ name }) => name === kind)?.title ?? kind;
  const add = (
    <Button
      look="filled"
      icon={<Plus />}
      onClick={() => {
        setEditing("");
      }}
    >
      {words.add}
    </Button>
  );
  const remove = (target: Target): void => {
    setLeaving(null);
    deleteTarget(target.name)
      .then(async () => {
        toast({ text: words.deleted(target.title) });
        await client.invalidateQueries({ queryKey: targetKeys.all });
      })
      .catch(toastError);
  };
  return (
    <div className={styles.page}>
      <PageTitle title={words.title} actions={add} />
      {list.error !== null && list.data === undefined ? (
        <ErrorState
          message={words.failed}
          cause={messageOf(list.error)}
          cure={isApiError(list.error) ? list.error.cure : undefined}
          action={<Button onClick={() => void list.refetch()}>{errors.retry}</Button>}
        />
      ) : list.data === undefined ? (
        <Spinner label={words.title} />
      ) : (
        <>
          <ul className={styles.cards} aria-label={words.list}>
            {items.map((target) => (
              <li key={target.name}>
                <TargetCard
                  target={target}
                  kind={titleOf(target.kind)}
                  onEdit={() => {
                    setEditing(target.name);
                  }}
                  onDelete={() => {
                    setLeaving(target);
                  }}
                />
              </li>
            ))}
          </ul>
          {items.length === 1 && (
            <EmptyState picture={<Network />} title={words.aloneTitle} text={words.aloneText} />
          )}
        </>
      )}
      {editing !== null && list.data && (
        <Edit
          kinds={kinds}
          target={items.find(({ name }) => name === editing) ?? null}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
      {leaving && (
        <Dialog
          open
          size="small"
          title={words.sure(leaving.title)}
          onOpenChange={() => {
            setLeaving(null);
          }}
          actions={
            <>
              <Button
                onClick={() => {
                  setLeaving(null);
                }}
              >
                {words.cancel}
              </Button>
              <Button
                look="danger"
                onClick={() => {
                  remove(leaving);
                }}
              >
                {words.delete}
              </Button>
            </>
          }
        >
          <p>{words.sureText}</p>
        </Dialog>
      )}
      <LiveBanner />
    </div>
  );
};
