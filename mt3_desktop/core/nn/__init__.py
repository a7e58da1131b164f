"""The only room with torch: networks, weights, generation."""
