// Loaded before the gateway where a launcher started it: when the launcher is gone, even by kill -9, stop.
if (process.channel) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
