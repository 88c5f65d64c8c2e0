/** As much of a browser as a sign-in by redirects needs: cookies by host and path, one hop at a time. */
export class CookieJar {
  readonly #cookies = new Map<
    string,
    { readonly host: string; readonly path: string; readonly name: string; readonly value: string }
  >();

  /** One request, no redirect followed; a relative address is that of `from`. */
  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...(init.headers as Record<string, string> | undefined), cookie: this.of(url) },
    });
    for (const line of response.headers.getSetCookie()) this.#take(url, line);
    return response;
  }

  /** Follows redirects until the next one would go to an address that begins with `until`; gives that address. */
  async follow(url: string, until: string): Promise<string> {
    let here = url;
    for (let hop = 0; hop < 12; hop++) {
      if (here.startsWith(until)) return here;
      const response = await this.go(here);
      const location = response.headers.get("location");
      if (location === null) throw new Error(`${here}: ${response.status} ${(await response.text()).slice(0, 500)}`);
      here = new URL(location, here).href;
    }
    throw new Error(`too many redirects from ${url}`);
  }

  of(url: string): string {
    const { host, pathname } = new URL(url);
    const fit = [...this.#cookies.values()].filter((each) => each.host === host && pathname.startsWith(each.path));
    return fit.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #take(url: string, line: string): void {
    const { host, pathname } = new URL(url);
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const at = (key: string) =>
      attributes.find((each) => each.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const path = at("path") ?? pathname.slice(0, pathname.lastIndexOf("/") + 1);
    const key = `${host} ${path} ${name}`;
    const over =
      value === "" || at("max-age") === "0" || new Date(at("expires") ?? "9999-01-01").getTime() < Date.now();
    if (over) this.#cookies.delete(key);
    else this.#cookies.set(key, { host, path, name, value });
  }
}
