//! Postern: the AI gateway that lives inside your own Envoy.
