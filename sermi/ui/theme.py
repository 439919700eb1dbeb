"""Looks: ink on paper. Colour is kept for the emotions, and fonts are the visitor's own."""

from __future__ import annotations

import gradio as gr

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """The theme, light and dark."""
    base = gr.themes.Base(
        primary_hue=gr.themes.colors.slate,
        secondary_hue=gr.themes.colors.slate,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_lg,
        font=FONTS,
        font_mono=MONO,
    )
    return base.set(
        body_background_fill="#f5f5f3",
        body_background_fill_dark="#101216",
        body_text_color="#1c2026",
        body_text_color_dark="#e8eaed",
        body_text_color_subdued="#5d6470",
        body_text_color_subdued_dark="#a0a7b3",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#181b21",
        background_fill_secondary="#f5f5f3",
        background_fill_secondary_dark="#14171c",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_padding="0px",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="#1c2026",
        block_label_text_color_dark="#e8eaed",
        block_label_text_weight="600",
        block_title_text_color="#1c2026",
        block_title_text_color_dark="#e8eaed",
        block_title_text_weight="600",
        border_color_primary="#dcdfe4",
        border_color_primary_dark="#2c313a",
        input_background_fill="#ffffff",
        input_background_fill_dark="#101216",
        input_border_color="#8a919d",
        input_border_color_dark="#6a717d",
        input_border_width="1px",
        input_border_width_dark="1px",
        input_placeholder_color="#6b7280",
        input_placeholder_color_dark="#8f96a3",
        button_primary_background_fill="#1c2026",
        button_primary_background_fill_hover="#363c46",
        button_primary_background_fill_dark="#e8eaed",
        button_primary_background_fill_hover_dark="#ffffff",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#14171c",
        button_primary_border_color="#1c2026",
        button_primary_border_color_dark="#e8eaed",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_hover="#f0f1f3",
        button_secondary_background_fill_dark="#1f232b",
        button_secondary_background_fill_hover_dark="#2a2f39",
        button_secondary_text_color="#1c2026",
        button_secondary_text_color_dark="#e8eaed",
        button_secondary_border_color="#c5cad2",
        button_secondary_border_color_dark="#3b424d",
        button_border_width="1px",
        color_accent="#1c2026",
        color_accent_soft="#eceef1",
        color_accent_soft_dark="#262b34",
        layout_gap="16px",
    )
