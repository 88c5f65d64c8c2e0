import "../theme/fonts.css";
import "../theme/tokens.css";
import "../theme/base.css";
import "../theme/theme.svelte.ts";
import { mount } from "svelte";
import Gallery from "./Gallery.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the gallery");
mount(Gallery, { target });
