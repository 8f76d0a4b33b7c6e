import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { python } from "@codemirror/lang-python";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import {
  HighlightStyle,
  bracketMatching,
  foldGutter,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { closeSearchPanel, highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
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

export interface CodeOptions {
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
  readonly close: () => void;
}

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
    close: () => {
      window.removeEventListener("keydown", escape, true);
      view.destroy();
    },
  };
};
