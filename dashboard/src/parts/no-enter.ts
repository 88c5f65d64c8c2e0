/** R12: Enter never confirms; Space and the pointer do. */
export function noEnter(event: KeyboardEvent): void {
  if (event.key === "Enter") event.preventDefault();
}
