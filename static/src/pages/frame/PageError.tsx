import { Compass } from "lucide-react";
import { Link } from "react-router";
import { isApiError, messageOf } from "@/api/errors";
import { text } from "@/text";
import { Button, EmptyState, ErrorState } from "@/ui";

/** There is no such page. */
export const NotFound = () => (
  <EmptyState
    picture={<Compass />}
    title={text.errors.notFound}
    action={<Link to="/">{text.errors.goHome}</Link>}
  />
);

/** After an update the old page asks for parts that are gone: loading it again is the cure. */
const isGonePart = (error: unknown): boolean =>
  /dynamically imported module|module script/i.test(messageOf(error));

/** What stands where a page failed. */
export const PageError = ({ error }: { readonly error: unknown }) => (
  <ErrorState
    message={isApiError(error) ? error.message : isGonePart(error) ? text.errors.updated : text.errors.page}
    cause={isApiError(error) || isGonePart(error) ? undefined : messageOf(error)}
    cure={isApiError(error) ? error.cure : isGonePart(error) ? text.errors.updatedCure : text.errors.pageCure}
    action={
      <Button
        onClick={() => {
          location.reload();
        }}
      >
        {text.errors.reload}
      </Button>
    }
  />
);
