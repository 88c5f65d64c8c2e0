import { MediaQuery } from "svelte/reactivity";

/** Narrower than this is a phone: watch, stop, approve, call; everything else at a desk. */
export const phone = new MediaQuery("max-width: 759px");
/** Two machines side by side have room. */
export const pair = new MediaQuery("min-width: 1440px");
