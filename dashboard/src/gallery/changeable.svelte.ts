/** Properties that a test changes under a mounted part. */
export function changeable<Props extends object>(start: Props): Props {
  const props = $state(start);
  return props;
}
