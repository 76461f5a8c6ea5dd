"""Kept pages in, documents and their passages out, in a sandbox.

Must not know where pages come from beyond their address and bytes.
"""
