"""SOS Ponts: ordinal risk of structural disorder of bridges, on inventories whose truth is known."""
