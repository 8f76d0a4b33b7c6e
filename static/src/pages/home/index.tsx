import { PageTitle } from "@/pages/frame/TopBar";
import { text } from "@/text";

export const Component = () => <PageTitle title={text.frame.home} />;
