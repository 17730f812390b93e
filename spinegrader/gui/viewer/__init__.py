"""The slice viewer and its overlays."""
