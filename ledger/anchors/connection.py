"""The configured chain and time stamp authority, loaded only when they are needed."""

from importlib import import_module

from app.kernel.config import Config
from ledger.anchors.authority import Authority
from ledger.anchors.chain import Chain


def connect(config: Config) -> Chain:
    """The chain at EVM_RPC_URL, with the account of EVM_PRIVATE_KEY. Raises ChainDown, ChainRefuses.

    Loaded by name: every process imports the tasks and the CLI, and a web process signs nothing for a chain.
    """
    chain: Chain = import_module("ledger.anchors.evm").connect(
        config.evm_rpc_url,
        config.evm_private_key,
        chain_id=config.evm_chain_id,
        daily_cap_wei=config.evm_daily_cap_wei,
    )
    return chain


def authority(config: Config) -> Authority:
    """The authority at TSA_URL. Raises AuthorityRefuses when TSA_CA_FILE cannot be used.

    Loaded by name, as the chain is: a web process never asks for a time stamp.
    """
    connected: Authority = import_module("ledger.anchors.tsa").connect(config)
    return connected
