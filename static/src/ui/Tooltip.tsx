import { Tooltip as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./Tooltip.module.css";

export interface TooltipProps {
  readonly text: ReactNode;
  readonly children: ReactNode;
  readonly side?: "top" | "bottom" | "left" | "right";
}

/** One provider at the root makes neighbouring tooltips open at once after the first. */
export const TooltipProvider = ({ children }: { readonly children: ReactNode }) => (
  <Primitive.Provider delayDuration={450} skipDelayDuration={300}>
    {children}
  </Primitive.Provider>
);

/** A short explanation on hover and focus. The child must be one element that takes a ref. */
export const Tooltip = ({ text, children, side = "bottom" }: TooltipProps) => (
  <Primitive.Root>
    <Primitive.Trigger asChild>{children}</Primitive.Trigger>
    <Primitive.Portal>
      <Primitive.Content className={styles.tooltip} side={side} sideOffset={6} collisionPadding={8}>
        {text}
      </Primitive.Content>
    </Primitive.Portal>
  </Primitive.Root>
);
