import { Component, type ReactNode } from "react";
import { ProblemNote } from "./problem-note.tsx";

interface Props {
  readonly children: ReactNode;
}

/** One broken page does not take the others with it. React offers this to classes alone. */
export class ErrorBoundary extends Component<Props, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === undefined ? (
      this.props.children
    ) : (
      <ProblemNote error={error} retry={() => this.setState({ error: undefined })} />
    );
  }
}
