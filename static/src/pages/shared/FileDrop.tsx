import { Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import styles from "./shared.module.css";

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;

/** Takes files dropped anywhere on the page, and says so while they are above it. */
export const FileDrop = ({
  label,
  onFiles,
}: {
  readonly label: string;
  readonly onFiles: (files: readonly File[]) => void;
}) => {
  const [above, setAbove] = useState(false);
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  });
  useEffect(() => {
    // Entering a child fires before leaving its parent: count, and the last to be left is the page.
    let depth = 0;
    const enter = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      depth += 1;
      setAbove(true);
    };
    const leave = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setAbove(false);
    };
    const over = (event: DragEvent): void => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      depth = 0;
      setAbove(false);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) take.current(files);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);
  if (!above) return null;
  return (
    <div className={styles.drop}>
      <div>
        <Upload aria-hidden="true" />
        <p>{label}</p>
      </div>
    </div>
  );
};

/** Opens the browser's file chooser; answers a function to call from a button. */
export function useFileChooser(options: {
  readonly accept?: string;
  readonly multiple?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}): () => void {
  return () => {
    const input = document.createElement("input");
    input.type = "file";
    if (options.accept !== undefined) input.accept = options.accept;
    input.multiple = options.multiple ?? false;
    input.addEventListener("change", () => {
      const files = [...(input.files ?? [])];
      if (files.length > 0) options.onFiles(files);
    });
    input.click();
  };
}
