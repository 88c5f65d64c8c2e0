import "./theme/fonts.css";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/print.css";
import "./theme/theme.svelte.ts";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the dashboard");
mount(App, { target });
