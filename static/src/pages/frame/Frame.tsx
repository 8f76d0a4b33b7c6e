import {
  Blocks,
  Contrast,
  Database,
  HardDrive,
  History,
  House,
  Monitor,
  Moon,
  Network,
  Package,
  Sun,
  Workflow,
  Settings as SettingsIcon,
} from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { Suspense } from "react";
import { Link, Outlet, useLocation, useMatch } from "react-router";
import { useStore } from "zustand";
import { THEMES, effective, setTheme, themeStore } from "@/state/theme";
import type { Theme } from "@/state/theme";
import { text } from "@/text";
import { Menu, Spinner, Tooltip, classes } from "@/ui";
import { Boundary } from "./Boundary";
import styles from "./Frame.module.css";
import { Mark } from "./Mark";
import { Notices } from "./Notices";
import { TopBarSlot } from "./TopBar";

interface PlaceProps {
  readonly to: string;
  readonly label: string;
  readonly Icon: LucideIcon;
}

const PLACES: readonly PlaceProps[] = [
  { to: "/", label: text.frame.home, Icon: House },
  { to: "/pipelines", label: text.frame.pipelines, Icon: Workflow },
  { to: "/runs", label: text.frame.runs, Icon: History },
  { to: "/modules", label: text.frame.modules, Icon: Blocks },
  { to: "/datasets", label: text.frame.datasets, Icon: Database },
  { to: "/datastores", label: text.frame.datastores, Icon: HardDrive },
  { to: "/environments", label: text.frame.environments, Icon: Package },
  { to: "/targets", label: text.frame.targets, Icon: Network },
];

const THEME_ICONS: Readonly<Record<Theme, LucideIcon>> = {
  system: Monitor,
  light: Sun,
  dark: Moon,
  contrast: Contrast,
};

const ThemeSwitch = () => {
  const theme = useStore(themeStore, (state) => state.theme);
  const Icon = THEME_ICONS[effective(theme)];
  return (
    <Menu
      side="right"
      align="end"
      trigger={
        <button type="button" className={styles.place} aria-label={text.frame.theme} title={text.frame.theme}>
          <Icon />
        </button>
      }
      items={THEMES.map((one) => {
        const OneIcon = THEME_ICONS[one];
        return {
          kind: "item",
          id: one,
          label: text.frame.themes[one],
          icon: <OneIcon />,
          checked: one === theme,
          onSelect: () => {
            setTheme(one);
          },
        };
      })}
    />
  );
};

const PlaceLink = ({ to, label, Icon }: PlaceProps) => {
  const here = useMatch({ path: to, end: to === "/" }) !== null;
  return (
    <Tooltip text={label} side="right">
      <Link
        to={to}
        aria-label={label}
        aria-current={here ? "page" : undefined}
        className={classes(styles.place, here && styles.here)}
      >
        <Icon />
      </Link>
    </Tooltip>
  );
};

/** The frame around every page: the bar on top, the places at the left. */
export const Frame = () => {
  const { pathname } = useLocation();
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#content">
        {text.frame.skip}
      </a>
      <header className={styles.top}>
        <Link to="/" className={classes(styles.mark)} aria-label={text.frame.product}>
          <Mark />
        </Link>
        <TopBarSlot />
      </header>
      <nav className={styles.rail} aria-label={text.frame.places}>
        {PLACES.map((place) => (
          <PlaceLink key={place.to} {...place} />
        ))}
        <span className={styles.gap} />
        <PlaceLink to="/settings" label={text.frame.settings} Icon={SettingsIcon} />
        <ThemeSwitch />
      </nav>
      <Notices />
      <main id="content" className={styles.content} tabIndex={-1}>
        <Boundary place={pathname}>
          <Suspense fallback={<Spinner label={text.frame.loading} />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
};
