import { useState } from "react";
import { useSession } from "@/state/session";
import { createCamera } from "./camera";
import { Body } from "./Card";
import { CanvasProvider } from "./context";
import type { CanvasContext } from "./context";
import { makeScene } from "./scene";
import { createTransient } from "./transient";

const nothing = (): void => undefined;

/** The card of a node by itself, as it will stand on a canvas. The pointer over it shows the names of its ports. */
export const CardPicture = ({ id }: { readonly id: string }) => {
  const session = useSession();
  const [canvas] = useState((): CanvasContext => {
    const { history, catalogue } = session;
    return {
      session,
      camera: createCamera(),
      transient: createTransient(),
      scene: () => makeScene(history.getState().document, catalogue.getState()),
      cards: new Map(),
      glide: { current: null },
      redraw: nothing,
      panBy: nothing,
      onFiles: nothing,
      onPreview: nothing,
    };
  });
  return (
    <CanvasProvider value={canvas}>
      <div
        onPointerEnter={() => {
          canvas.transient.setState({ hoveredNode: id });
        }}
        onPointerLeave={() => {
          canvas.transient.setState({ hoveredNode: null });
        }}
      >
        <Body id={id} />
      </div>
    </CanvasProvider>
  );
};
