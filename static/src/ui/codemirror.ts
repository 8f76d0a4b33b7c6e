import type { CompletionContext } from "@codemirror/autocomplete";
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
  snippetCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { python, pythonLanguage } from "@codemirror/lang-python";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import {
  HighlightStyle,
  bracketMatching,
  foldGutter,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import type { Diagnostic } from "@codemirror/lint";
import { closeSearchPanel, highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import type { Extension, Text } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder as whenEmpty,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The door to CodeMirror: its own chunk, fetched when the first code is shown. */

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--text-faint)", fontStyle: "italic" },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName)],
    color: "var(--code-function)",
  },
  { tag: [tags.definition(tags.variableName), tags.className, tags.typeName], color: "var(--code-name)" },
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.invalid, color: "var(--failed)" },
]);

const look = EditorView.theme({
  "&": {
    color: "var(--text)",
    backgroundColor: "transparent",
    fontSize: "12px",
    "--code-keyword": "var(--reused)",
    "--code-string": "var(--completed)",
    "--code-number": "var(--type-model)",
    "--code-function": "var(--running)",
    "--code-name": "var(--type-table)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    lineHeight: "1.55",
    overflow: "auto",
    fontVariantLigatures: "none",
  },
  ".cm-content": { padding: "6px 0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 10px 0 6px" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "1.5px" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 24%, transparent)",
  },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--text-faint)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "28px", padding: "0 4px 0 6px", opacity: "0.8" },
  ".cm-foldGutter .cm-gutterElement": { opacity: "0.6" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--text) 4%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--accent) 20%, transparent)",
  },
  ".cm-selectionMatch, .cm-searchMatch": { backgroundColor: "var(--warning-soft)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--warning)" },
  ".cm-placeholder": { color: "var(--text-faint)" },
  ".cm-panels": {
    backgroundColor: "var(--surface-sunken)",
    color: "var(--text)",
    borderColor: "var(--border)",
    fontFamily: "var(--font)",
  },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--border)" },
  ".cm-panel.cm-search": { padding: "6px 28px 6px 8px", fontSize: "12px" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px", fontSize: "12px" },
  ".cm-textfield": {
    border: "1px solid var(--border-strong)",
    borderRadius: "4px",
    backgroundColor: "var(--surface)",
    fontSize: "12px",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    border: "1px solid var(--border-strong)",
    borderRadius: "4px",
    fontSize: "12px",
  },
  ".cm-tooltip": {
    border: "1px solid var(--border)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface)",
    boxShadow: "var(--shadow-float)",
    overflow: "hidden",
  },
  ".cm-lintRange": { backgroundImage: "none" },
  ".cm-lintRange-error": {
    textDecoration: "underline wavy var(--failed) 1px",
    textUnderlineOffset: "3px",
    textDecorationSkipInk: "none",
  },
  ".cm-lintRange-warning": {
    textDecoration: "underline wavy var(--warning) 1px",
    textUnderlineOffset: "3px",
    textDecorationSkipInk: "none",
  },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-gutter-lint .cm-gutterElement": { display: "grid", placeItems: "center", padding: "0" },
  ".cm-lint-marker": { content: '""', width: "8px", height: "8px", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: '""', backgroundColor: "var(--failed)" },
  ".cm-lint-marker-warning": { content: '""', backgroundColor: "var(--warning)" },
  ".cm-tooltip-lint": { padding: "0", fontFamily: "var(--font)", fontSize: "12px", maxWidth: "480px" },
  ".cm-diagnostic": { padding: "6px 10px", whiteSpace: "pre-line" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--failed)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--warning)" },
  ".cm-completionDetail": { color: "var(--text-faint)", fontStyle: "normal" },
  ".cm-tooltip.cm-completionInfo": {
    padding: "6px 10px",
    maxWidth: "320px",
    color: "var(--text-soft)",
    fontFamily: "var(--font)",
    fontSize: "12px",
    lineHeight: "1.5",
  },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--font-mono)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--surface-active)",
    color: "var(--text)",
  },
});

const grammar = (language: string): Extension => {
  switch (language) {
    case "python":
      return [python(), indentUnit.of("    ")];
    case "sql":
      return sql({ dialect: StandardSQL, upperCaseKeywords: true });
    case "json":
      return json();
    default:
      return [];
  }
};

const nonce = (): string => document.querySelector('meta[name="csp-nonce"]')?.getAttribute("content") ?? "";

/** Marks text that was put in from outside, so that it is not told back. */
const fromOutside = Annotation.define<boolean>();

/** A word that the editor offers while it is typed. */
export interface CodeWord {
  readonly label: string;
  readonly kind: "class" | "function" | "keyword" | "constant" | "type" | "text";
  readonly detail?: string;
  readonly info?: string;
  /** What is put in, with `${places}` to fill; the label where it is left out. */
  readonly apply?: string;
}

/** Something to say about a line. */
export interface CodeMark {
  /** From 1; 0 is about no line and is not shown. */
  readonly line: number;
  readonly severity: "error" | "warning";
  readonly message: string;
}

export interface CodeOptions {
  readonly words: readonly CodeWord[];
  readonly text: string;
  readonly label: string;
  readonly language: string;
  readonly readOnly: boolean;
  readonly placeholder: string;
  readonly onChange: (text: string) => void;
}

export interface CodeView {
  /** Makes the text this one; what is typed is left alone if it already is. */
  readonly show: (text: string) => void;
  readonly focus: () => void;
  readonly mark: (marks: readonly CodeMark[]) => void;
  /** Shows a line and puts the cursor there. */
  readonly go: (line: number) => void;
  readonly close: () => void;
}

/** Words of Python, after a dot too: `step.log_metric`. */
const offering = (words: readonly CodeWord[]): Extension => {
  const options = words.map(({ label, kind, detail, info, apply }) => {
    const about = { label, type: kind, ...(detail ? { detail } : {}), ...(info ? { info } : {}), boost: 20 };
    return apply === undefined ? about : snippetCompletion(apply, about);
  });
  return pythonLanguage.data.of({
    autocomplete: (context: CompletionContext) => {
      const typed = context.matchBefore(/[\w.]+/);
      if (!typed && !context.explicit) return null;
      return { from: typed?.from ?? context.pos, options, validFor: /^[\w.]*$/ };
    },
  });
};

const diagnosticsOf = (text: Text, marks: readonly CodeMark[]): Diagnostic[] =>
  marks.flatMap(({ line, severity, message }) => {
    if (line < 1 || line > text.lines) return [];
    const { from, to, text: content } = text.line(line);
    const indent = content.length - content.trimStart().length;
    return [{ from: Math.min(from + indent, to), to, severity, message }];
  });

const editing: Extension = [
  history(),
  closeBrackets(),
  autocompletion(),
  indentOnInput(),
  keymap.of([...closeBracketsKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
];

/** Opens an editor in an element. Its undo is its own while it has the focus. */
export const openCode = (parent: HTMLElement, options: CodeOptions): CodeView => {
  const own = nonce();
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        own === "" ? [] : EditorView.cspNonce.of(own),
        lineNumbers(),
        foldGutter(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        drawSelection(),
        bracketMatching(),
        search({ top: false }),
        options.readOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : editing,
        keymap.of([...searchKeymap, ...defaultKeymap]),
        whenEmpty(options.placeholder),
        grammar(options.language),
        options.words.length > 0 ? [offering(options.words), lintGutter()] : [],
        syntaxHighlighting(colours),
        look,
        EditorView.contentAttributes.of({
          "aria-label": options.label,
          ...(options.readOnly ? { tabindex: "0" } : {}),
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          if (update.transactions.some((one) => one.annotation(fromOutside))) return;
          options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  // Escape closes what the editor has open before it closes a dialog around it, which listens on the document.
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !(event.target instanceof Node) || !view.dom.contains(event.target)) return;
    if (!closeCompletion(view) && !closeSearchPanel(view)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", escape, true);
  return {
    show: (text) => {
      const now = view.state.doc.toString();
      if (now === text) return;
      view.dispatch({
        changes: { from: 0, to: now.length, insert: text },
        annotations: fromOutside.of(true),
      });
    },
    focus: () => {
      view.focus();
    },
    mark: (marks) => {
      view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state.doc, marks)));
    },
    go: (line) => {
      const { from } = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: "center" }),
      });
      view.focus();
    },
    close: () => {
      window.removeEventListener("keydown", escape, true);
      view.destroy();
    },
  };
};
