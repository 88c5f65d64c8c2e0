/** Work on a folder, one after the other in the order in which it was asked for; another folder's goes beside it. */
export function takingTurns(): <T>(folder: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (folder, work) => {
    const mine = (last.get(folder) ?? Promise.resolve()).then(work);
    last.set(
      folder,
      mine.catch(() => undefined),
    );
    return mine;
  };
}
