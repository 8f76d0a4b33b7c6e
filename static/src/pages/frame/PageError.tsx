import { Compass } from "lucide-react";
import { Link, isRouteErrorResponse, useRouteError } from "react-router";
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

/** What stands where a page failed. */
export const PageError = () => {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <ErrorState
      message={isApiError(error) ? error.message : text.errors.page}
      cause={isApiError(error) ? undefined : messageOf(error)}
      cure={isApiError(error) ? error.cure : text.errors.pageCure}
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
};
