/** File descriptor of the parser process that closes when its worker dies. */
export const lifelineFd = 3;
/** With this signal the watchdog ends a parser that takes too much memory; nothing else sends it. */
export const memorySignal = "SIGUSR2";
