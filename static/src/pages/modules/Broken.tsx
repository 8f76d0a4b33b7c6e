import { TriangleAlert } from "lucide-react";
import type { ModuleAnswer } from "@/api/queries.editor";
import { text } from "@/text";
import styles from "./modules.module.css";

/** Files in the library that are no modules, and why. */
export const Broken = ({ broken }: { readonly broken: ModuleAnswer["broken"] }) =>
  broken.length === 0 ? null : (
    <section className={styles.group}>
      <h2 className={styles.category}>
        {text.modules.broken}
        <span className={styles.count}>{broken.length}</span>
      </h2>
      {broken.map(({ path, findings }) => (
        <div key={path} className={styles.broken}>
          <TriangleAlert aria-hidden="true" />
          <div>
            <code>{path}</code>
            {findings.map((finding) => (
              <p key={`${finding.code}:${String(finding.line)}`}>
                {finding.line > 0 && `${text.modules.line(finding.line)}: `}
                {finding.message} {finding.cure}
              </p>
            ))}
          </div>
        </div>
      ))}
    </section>
  );
