import { useQuery } from "@tanstack/react-query";
import { Blocks, Plus, Search } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { editorKeys, fetchModules } from "@/api/queries.editor";
import type { ModuleAnswer } from "@/api/queries.editor";
import { makeCatalogue, newest } from "@/graph/catalogue";
import type { ModuleSpec } from "@/graph/catalogue";
import { groupBy } from "@/graph/group";
import { useLiveModules } from "@/live/hooks";
import { text } from "@/text";
import { Button, CategoryIcon, EmptyState, ErrorState, Spinner, TextInput, classes } from "@/ui";
import { PageTitle } from "../frame/TopBar";
import { Broken } from "./Broken";
import { ModuleDocs } from "./ModuleDocs";
import styles from "./modules.module.css";

const meets = (spec: ModuleSpec, query: string): boolean => {
  const hay =
    `${spec.title} ${spec.name} ${spec.category} ${spec.tags.join(" ")} ${spec.description}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
};

const List = ({ answer }: { readonly answer: ModuleAnswer }) => {
  const { name } = useParams();
  const go = useNavigate();
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query);
  const catalogue = makeCatalogue(answer.items, answer.port_types, []);
  const all = newest(catalogue);
  const found = all.filter((spec) => meets(spec, asked));
  const chosen = all.find((spec) => spec.name === name);
  return (
    <div className={styles.page}>
      <div className={styles.list}>
        <div className={styles.search}>
          <TextInput
            icon={<Search />}
            aria-label={text.modules.search}
            placeholder={text.modules.search}
            value={query}
            onChange={setQuery}
          />
        </div>
        <nav className={styles.scroll} aria-label={text.frame.modules}>
          {[...groupBy(found, (spec) => spec.category)].map(([category, specs]) => (
            <section key={category} className={styles.group}>
              <h2 className={styles.category}>
                {category}
                <span className={styles.count}>{specs.length}</span>
              </h2>
              {specs.map((spec) => (
                <button
                  key={spec.name}
                  type="button"
                  className={classes(styles.row, spec.name === name && styles.here)}
                  aria-current={spec.name === name ? "true" : undefined}
                  onClick={() => {
                    void go(`/modules/${encodeURIComponent(spec.name)}`, { replace: true });
                  }}
                >
                  <CategoryIcon category={category} size={24} />
                  <span className={styles.title}>{spec.title}</span>
                  {spec.own === true && <span className={styles.own}>{text.modules.own}</span>}
                </button>
              ))}
            </section>
          ))}
          {found.length === 0 && <p className={styles.none}>{text.palette.none(asked)}</p>}
          {answer.archived.length > 0 && (
            <section className={styles.group}>
              <h2 className={styles.category}>
                {text.modules.archived}
                <span className={styles.count}>{answer.archived.length}</span>
              </h2>
              {answer.archived.map((one) => (
                <button
                  key={one.name}
                  type="button"
                  className={styles.row}
                  onClick={() => {
                    void go(`/modules/${encodeURIComponent(one.name)}/edit`);
                  }}
                >
                  <CategoryIcon category={one.category} size={24} />
                  <span className={styles.title}>{one.title}</span>
                </button>
              ))}
            </section>
          )}
          <Broken broken={answer.broken} />
        </nav>
      </div>
      <div className={styles.detail}>
        {chosen ? (
          <ModuleDocs key={chosen.name} spec={chosen} catalogue={catalogue} />
        ) : (
          <EmptyState picture={<Blocks />} title={text.modules.pick} text={text.modules.count(all.length)} />
        )}
      </div>
    </div>
  );
};

/** The library: every module with what it does, takes and gives. */
export const Component = () => {
  useLiveModules();
  const go = useNavigate();
  const modules = useQuery({
    queryKey: editorKeys.modules,
    queryFn: ({ signal }) => fetchModules(signal),
    staleTime: 60_000,
  });
  return (
    <>
      <PageTitle
        title={text.frame.modules}
        actions={
          <Button
            look="filled"
            icon={<Plus />}
            onClick={() => {
              void go("/modules/new");
            }}
          >
            {text.commands.newModule}
          </Button>
        }
      />
      {modules.error ? (
        <ErrorState
          message={messageOf(modules.error)}
          cure={isApiError(modules.error) ? modules.error.cure : undefined}
          action={<Button onClick={() => void modules.refetch()}>{text.errors.retry}</Button>}
        />
      ) : modules.data ? (
        <List answer={modules.data} />
      ) : (
        <Spinner label={text.frame.loading} />
      )}
    </>
  );
};
